"""Sessions of one database, interleaved step by step: who waits for whom, deadlock, write skew, queues."""
