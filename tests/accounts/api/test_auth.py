"""Sign-up, sign-in, current user and sign-out in every style, and that one sign-out ends them all."""

import pytest

pytestmark = pytest.mark.django_db


class TestOne:
    def test_signs_up_in_and_out(self, anonymous):
        made = anonymous.post(
            "/auth/signUp", {"email": "new@example.com", "password": "SecurePass123!", "name": "John Doe"}
        )
        assert made.status_code == 200
        assert set(made.json()) == {"token", "userId"}
        token = made.json()["token"]

        me = anonymous.get("/auth/getCurrentUser", token=token)
        assert me.json() == {"id": made.json()["userId"], "email": "new@example.com", "name": "John Doe"}

        assert anonymous.post("/auth/signOut", {"token": token}).json() == {"success": True}
        assert anonymous.get("/auth/getCurrentUser", token=token).json() is None

    def test_answers_null_to_nobody(self, anonymous):
        answer = anonymous.get("/auth/getCurrentUser")
        assert (answer.status_code, answer.json()) == (200, None)

    def test_refuses_a_wrong_password(self, anonymous, user):
        answer = anonymous.post("/auth/signIn", {"email": user.email, "password": "wrong"})
        assert answer.status_code == 400
        assert answer.json() == {"message": "Invalid email or password", "code": "AUTH_FAILED"}
