"""What is bought, sold and owned: products, orders, payments, sellers and what they are paid.

Words: an *order* holds the buyer's lines at the price of that moment; a *payment* is one try to pay it at the provider; a
*transfer* is one seller's share of one paid order; the *ledger* says where every cent is. Source: payments-design.md.

Money moves in three steps that each survive a crash: commit the intention, call outside with a key that is ours and
stable, commit the result. State moves only in one function an object: `payments.apply_payment_state`, the moves in
`orders`, the claims in `transfers`. Stands on accounts (who), ontology (the graph and the event seam).

Decided (issue 2): a payment that succeeds for an order that cannot be kept (expired, and sold out meanwhile) is booked
as owed to the buyer (`refund_due`), never silently dropped; sending it back is the refunds' part.

Decided (issue 5): a *subscription* is paid by the calendar month, counted from its first day; a *charge* is what is asked
for one month, tried by as many payments as it takes. A dearer tier begins at once with a month of its own, less the days
not used of the paid one; a cheaper one at the month's end. What everybody may do unpaid is `limits.FREE_ALLOWANCE`, and no
tier allows less.
"""
