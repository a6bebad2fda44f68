"""The last step of every sign-in on pages (auth-design.md §3)."""

from allauth.account.stages import LoginStage
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare

from accounts.verbs.two_factor import second_factor_enabled


class OtpStage(LoginStage):
    key = "otp"
    urlname = "otp_challenge"

    def handle(self):
        user = self.login.user
        if user is None or getattr(user, "otp_device", None) or not second_factor_enabled(user):
            return None, True
        self.state["auth_hash"] = user.get_session_auth_hash()
        return redirect(self.urlname), True

    @property
    def still_holds(self) -> bool:
        """Whether what was shown so far is still worth something: not after a new password or where the account is off."""
        user = self.login.user
        return user.is_active and constant_time_compare(self.state.get("auth_hash", ""), user.get_session_auth_hash())
