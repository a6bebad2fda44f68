"""Who says what to whom, live: rooms, direct messages, clients' conversations, and the sockets that carry them.

Words: a conversation has participants and messages; a message has a `seq`, its number in the conversation; a participant
has a `last_read_seq`. A room is made by someone who owns it; a direct conversation belongs to the two people in it.
A client writes on a platform, to an account of ours there; a thread is what a client's conversation has beside its words, and a
delivery is a message's place on the platform. The assistant answers in turns, from passages of knowledge files. Integrations are
somebody's access to services of others; tasks are theirs to do.
Stands on marketplace, accounts and ontology. The council keeps its words here too, and decides by itself who may read them.

Order. `seq` is given under the conversation's row lock. Changes are heard in the order of `seq`, on PostgreSQL too, where
they are followed by transaction id: a sender waits for their turn before anything gives the transaction one.

Reading leaves one number a participant, never a row a message, and no event in the graph: it would be most of the graph.

2026-11-22, knowledge lives here. Context: it would be a thing of ontology, but the tier's limit bites at its upload, and tiers
stand above ontology. Decision: beside the assistant that answers from it. Consequence: in the graph it is a private entity.
"""
