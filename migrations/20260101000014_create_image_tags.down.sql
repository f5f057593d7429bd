drop table image_tags;
