create table a (); -- finding
