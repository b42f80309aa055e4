"""Addresses of units, people and the administration."""

from django.urls import path

from studyapp.branches.views import people, resets, roster, units

app_name = "branches"
urlpatterns = [
    path("branches/", units.unit_list, name="list"),
    path("branches/<int:pk>/", units.unit_detail, name="detail"),
    path("admin/", units.admin, name="admin"),
    path("admin/units/", units.unit_tree, name="unit_tree"),
    path("admin/units/new/", units.unit_new, name="unit_new"),
    path("admin/units/<int:pk>/", units.unit_edit, name="unit_edit"),
    path("admin/units/<int:pk>/active/", units.unit_active, name="unit_active"),
    path("admin/people/", people.people, name="people"),
    path("admin/people/new/", people.person_new, name="person_new"),
    path("admin/people/slips/", people.first_passwords, name="first_passwords"),
    path("admin/people/<int:pk>/", people.person_edit, name="person_edit"),
    path("admin/people/<int:pk>/active/", people.person_active, name="person_active"),
    path("admin/people/<int:pk>/place/", people.person_place, name="person_place"),
    path("admin/memberships/<int:pk>/home/", people.person_home, name="person_home"),
    path("admin/memberships/<int:pk>/leave/", people.person_leave, name="person_leave"),
    path("admin/roles/", people.roles, name="roles"),
    path("admin/roles/<int:pk>/", people.person_roles, name="person_roles"),
    path("admin/memberships/<int:pk>/grant/", people.person_grant, name="person_grant"),
    path("admin/roles/<int:pk>/office/", people.person_office, name="person_office"),
    path("admin/roles/<int:pk>/unlock/", people.person_unlock, name="person_unlock"),
    path("admin/roles/<int:pk>/reset/", resets.person_reset, name="person_reset"),
    path("admin/roles/<int:pk>/second-factor/", resets.person_second, name="person_second"),
    path("admin/resets/<int:pk>/", resets.reset, name="reset"),
    path("admin/resets/<int:pk>/drop/", resets.reset_drop, name="reset_drop"),
    path("admin/roster/", roster.roster_upload, name="roster"),
    path("admin/roster/template.xlsx", roster.roster_template, name="roster_template"),
    path("admin/roster/import/", roster.roster_import, name="roster_import"),
]
