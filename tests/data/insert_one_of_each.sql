insert into tenants (slug, name) values ('acme', 'Acme');
insert into members (tenant_id, user_name) select id, 'ada' from tenants;
insert into entries (tenant_id, key) select id, 'theme' from tenants;
insert into projects (tenant_id, name) select id, 'Moon' from tenants;
insert into images (project_id, file_name) select id, 'moon.png' from projects;
insert into image_tags (image_id, tag) select id, 'grey' from images;
insert into audit_log (action) values ('test');
insert into audit_log (action, occurred_at) values ('test', '2026-01-15'), ('test', '2026-02-15'), ('test', '2026-03-15');
