"""What is remembered: the tables, the one door to the database, and a module of questions and acts per subject."""
