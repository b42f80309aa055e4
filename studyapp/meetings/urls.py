"""Addresses."""

from django.urls import path

from studyapp.meetings.views import course, meetings, notes, outcomes, page, roll, sheet

app_name = "meetings"
_ONE = "meetings/<int:pk>/"
urlpatterns = [
    path("meetings/", meetings.index, name="list"),
    path("meetings/new/", meetings.new, name="new"),
    path(_ONE, page.detail, name="detail"),
    path(_ONE + "edit/", meetings.edit, name="edit"),
    path(_ONE + "stream/", page.stream, name="stream"),
    path(_ONE + "notice/", meetings.notice, name="notice"),
    path(_ONE + "notice.pdf", meetings.notice, {"form": "pdf"}, name="notice_pdf"),
    path(_ONE + "notice.docx", meetings.notice, {"form": "docx"}, name="notice_docx"),
    path(_ONE + "move/", course.move, name="move"),
    path(_ONE + "postpone/", course.postpone, name="postpone"),
    path(_ONE + "cancel/", course.cancel, name="cancel"),
    path(_ONE + "times/", course.times, name="times"),
    path(_ONE + "agenda/", course.agenda, name="agenda"),
    path(_ONE + "agenda/<int:item>/", course.agenda_item, name="agenda_item"),
    path(_ONE + "agenda/<int:item>/shift/", course.agenda_shift, name="agenda_shift"),
    path(_ONE + "agenda/<int:item>/remove/", course.agenda_remove, name="agenda_remove"),
    path(_ONE + "sittings/", course.sittings, name="sittings"),
    path(_ONE + "sittings/<int:sitting>/remove/", course.sitting_remove, name="sitting_remove"),
    path(_ONE + "roll/", roll.roll, name="roll"),
    path(_ONE + "roll/rest/", roll.roll_rest, name="roll_rest"),
    path(_ONE + "roll/observers/", roll.observer_add, name="observer_add"),
    path(_ONE + "roll/<int:attendance>/remove/", roll.observer_remove, name="observer_remove"),
    path(_ONE + "roll/<int:attendance>/excuse/", roll.excuse, name="excuse"),
    path(_ONE + "sheet/", sheet.sheet, name="sheet"),
    path(_ONE + "sheet/paste/", sheet.paste, name="paste"),
    path(_ONE + "sheet/remarks/<int:remark>/", sheet.remark, name="remark"),
    path(_ONE + "sheet/remarks/<int:remark>/remove/", sheet.remark_remove, name="remark_remove"),
    path(_ONE + "sheet/remarks/<int:remark>/shift/", sheet.remark_shift, name="remark_shift"),
    path(_ONE + "remarks/<int:remark>/check/", sheet.remark_check, name="remark_check"),
    path(_ONE + "sheet/notes/<int:note>/take/", sheet.note_take, name="note_take"),
    path(_ONE + "sheet/items/<int:item>/", sheet.item_words, name="item_words"),
    path(_ONE + "sheet/votes/", outcomes.vote, name="vote"),
    path(_ONE + "sheet/votes/<int:vote>/remove/", outcomes.vote_remove, name="vote_remove"),
    path(_ONE + "sheet/decisions/", outcomes.decision_add, name="decision_add"),
    path(_ONE + "sheet/decisions/<int:decision>/", outcomes.decision, name="decision"),
    path(
        _ONE + "sheet/decisions/<int:decision>/remove/",
        outcomes.decision_remove,
        name="decision_remove",
    ),
    path(_ONE + "sheet/summary/", sheet.summary, name="summary"),
    path("notes/", notes.my_notes, name="notes"),
    path("notes/new/", notes.note_new, name="note_new"),
    path("notes/<int:pk>/", notes.note, name="note"),
    path("notes/<int:pk>/edit/", notes.note_edit, name="note_edit"),
    path("notes/<int:pk>/post/", notes.note_post, name="note_post"),
    path("notes/<int:pk>/delete/", notes.note_delete, name="note_delete"),
    path("notes/<int:pk>/restore/", notes.note_restore, name="note_restore"),
    path("themes/<int:pk>/notes/", notes.theme_notes, name="theme_notes"),
]
