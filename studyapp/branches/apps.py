"""App configuration: the database itself keeps administrators out of the Party's units."""

from django.apps import AppConfig


class BranchesConfig(AppConfig):
    name = "studyapp.branches"
    label = "branches"
    verbose_name = "组织"

    def ready(self) -> None:
        from studyapp.audit import triggers

        triggers.GUARDS += [
            triggers.Guard(
                "no_membership_for_an_office",
                table="branches_membership",
                when="NEW.ended_on IS NULL AND EXISTS (SELECT 1 FROM accounts_user "
                "WHERE accounts_user.id = NEW.user_id AND accounts_user.office <> '')",
                words="who holds an office has no place in a unit",
            ),
            triggers.Guard(
                "no_office_for_a_member",
                table="accounts_user",
                when="NEW.office <> '' AND EXISTS (SELECT 1 FROM branches_membership "
                "WHERE branches_membership.user_id = NEW.id "
                "AND branches_membership.ended_on IS NULL)",
                words="who has a place in a unit holds no office",
            ),
        ]
