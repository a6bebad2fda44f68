import factory

from accounts.models import User
from accounts.verbs.registration import sign_up

PASSWORD = "a quiet colonnade"


class UserFactory(factory.Factory):
    """An account made as everyone's is, through the verb; further fields are set afterwards."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = PASSWORD

    @classmethod
    def _create(cls, model_class, *args, email, name, password, username=None, company="", **fields):
        user = sign_up(email=email, password=password, name=name, username=username, company=company)
        if fields:
            User.objects.filter(pk=user.pk).update(**fields)
            user.refresh_from_db()
        return user
