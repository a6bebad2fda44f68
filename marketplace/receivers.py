"""When this happened, do that: facts become jobs."""

from marketplace import jobs
from marketplace.facts import PaymentOpened, SaleMade, SellerConnected
from ontology.changes import receives


@receives(PaymentOpened)
def let_the_sandbox_decide(fact: PaymentOpened) -> None:
    jobs.sandbox_settle.delay(fact.provider_id)


@receives(SaleMade)
def pay_the_seller(fact: SaleMade) -> None:
    jobs.attempt_transfers_of.delay(str(fact.seller_id))


@receives(SellerConnected)
def pay_what_waited(fact: SellerConnected) -> None:
    jobs.attempt_transfers_of.delay(str(fact.seller_id))
