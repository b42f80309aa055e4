"""Addresses of sign-in and the own pages."""

from django.urls import path

from studyapp.accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.sign_in, name="sign_in"),
    path("logout/", views.sign_out, name="sign_out"),
    path("me/", views.me, name="me"),
    path("me/password/", views.password, name="password"),
    path("me/password/again/", views.again, name="again"),
    path("me/sign-ins/<int:pk>/end/", views.end_sign_in, name="end_sign_in"),
    path("me/sign-ins/end/", views.end_other_sign_ins, name="end_other_sign_ins"),
    path("me/text-size/", views.text_size, name="text_size"),
    path("feedback/", views.feedback, name="feedback"),
    path("admin/feedback/", views.feedback_list, name="feedback_list"),
    path("admin/feedback/<int:pk>/", views.answer, name="answer"),
]
