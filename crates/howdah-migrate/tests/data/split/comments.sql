/* a; b */ select 1; -- c; d
/* a /* nested; */ still; */ select 2;
select 3 -- end;
;
select /* ; */ 4 /* /* */ ; */;
--;
-- '
select 5; /* ' */ select 6;
/**/ select 7; /***/ select 8; /*/ ; */ select 9;
select 10--;
+ 1;
select 11 /* $$ ; $$ */;
/* " */ select 12;
;;
;
/* the end; */
