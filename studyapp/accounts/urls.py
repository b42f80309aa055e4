"""Addresses of sign-in and the own pages."""

from django.urls import path

from studyapp.accounts.views import own, second, signing_in

app_name = "accounts"
urlpatterns = [
    path("login/", signing_in.sign_in, name="sign_in"),
    path("login/code/", signing_in.code, name="code"),
    path("logout/", signing_in.sign_out, name="sign_out"),
    path("me/", own.me, name="me"),
    path("me/password/", own.password, name="password"),
    path("me/password/again/", own.again, name="again"),
    path("me/sign-ins/<int:pk>/end/", own.end_sign_in, name="end_sign_in"),
    path("me/sign-ins/end/", own.end_other_sign_ins, name="end_other_sign_ins"),
    path("me/second-factor/", second.second_factor, name="second_factor"),
    path("me/second-factor/begin/", second.second_begin, name="second_begin"),
    path("me/second-factor/confirm/", second.second_confirm, name="second_confirm"),
    path("me/second-factor/codes/", second.second_codes, name="second_codes"),
    path("me/second-factor/remove/", second.second_remove, name="second_remove"),
    path("me/text-size/", own.text_size, name="text_size"),
    path("feedback/", own.feedback, name="feedback"),
    path("admin/feedback/", own.feedback_list, name="feedback_list"),
    path("admin/feedback/<int:pk>/", own.answer, name="answer"),
]
