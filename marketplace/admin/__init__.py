from marketplace.admin import ledger, orders, payments, products, sandbox, sellers, transfers

__all__ = ["ledger", "orders", "payments", "products", "sandbox", "sellers", "transfers"]
