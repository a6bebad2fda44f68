"""Who says what to whom, live: rooms, direct messages, clients' conversations, and the sockets that carry them.

Words: a conversation has participants and messages; a message has a `seq`, its number in the conversation; a participant
has a `last_read_seq`. A room is made by someone who owns it; a direct conversation belongs to the two people in it.
Stands on marketplace, accounts and ontology. The council keeps its words here too, and decides by itself who may read them.

Order. `seq` is given under the conversation's row lock. Changes are heard in the order of `seq`, on PostgreSQL too, where
they are followed by transaction id: a sender waits for their turn before anything gives the transaction one.

Reading leaves one number a participant, never a row a message, and no event in the graph: it would be most of the graph.
"""
