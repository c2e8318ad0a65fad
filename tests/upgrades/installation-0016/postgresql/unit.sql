BEGIN TRANSACTION;
CREATE TABLE jobs (dispatch_id TEXT PRIMARY KEY, body TEXT NOT NULL, step TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '', down_seq INTEGER NOT NULL);
INSERT INTO "jobs" VALUES('01a22d53-5921-7000-a966-c141d52f0fcc','{"dispatch_id":"01a22d53-5921-7000-a966-c141d52f0fcc","case_number":"2301002026120100001","category":"不明井盖","place":"公滨路5号","position":null,"description":"井盖丢失","urgent":false,"confidential":false,"with_units":[]}','done','',3);
INSERT INTO "jobs" VALUES('01a22d53-affc-7000-98e9-db4893acc95e','{"dispatch_id":"01a22d53-affc-7000-98e9-db4893acc95e","case_number":"2301002026120100002","category":"不明井盖","place":"公滨路5号","position":null,"description":"井盖丢失","urgent":false,"confidential":false,"with_units":[]}','accepted','',10);
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO "meta" VALUES('up_seq',11);
INSERT INTO "meta" VALUES('last_down_seq',17);
CREATE TABLE said (dispatch_id TEXT NOT NULL, step TEXT NOT NULL, msg_id TEXT NOT NULL UNIQUE,
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, payload BLOB NOT NULL DEFAULT x'',
  receipted INTEGER NOT NULL DEFAULT 0, UNIQUE (dispatch_id, step));
INSERT INTO "said" VALUES('01a22d53-5921-7000-a966-c141d52f0fcc','delivered','01a22d53-5a76-7000-9ce5-e6102e9d150f',2,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d53-5921-7000-a966-c141d52f0fcc','displayed','01a22d53-5a77-7000-b76d-ffc2345156b6',3,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d53-5921-7000-a966-c141d52f0fcc','accepted','01a22d53-6a94-7000-960d-10e700b834ef',4,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d53-5921-7000-a966-c141d52f0fcc','on_the_way','01a22d53-7cdd-7000-bc2d-79ec9b3d8c3a',5,'status',X'',1);
INSERT INTO "said" VALUES('01a22d53-5921-7000-a966-c141d52f0fcc','arrived','01a22d53-8f21-7000-8d1c-714aadb9a00d',6,'status',X'',1);
INSERT INTO "said" VALUES('01a22d53-5921-7000-a966-c141d52f0fcc','done','01a22d53-ac50-7000-a194-52511a80f5d8',7,'status',X'',1);
INSERT INTO "said" VALUES('01a22d53-affc-7000-98e9-db4893acc95e','delivered','01a22d53-b030-7000-af59-1a20c261d1f1',8,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d53-affc-7000-98e9-db4893acc95e','displayed','01a22d53-b031-7000-b69b-460ef86ce7ca',9,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d53-affc-7000-98e9-db4893acc95e','accepted','01a22d53-d51f-7000-8e62-df4a9c18c8d2',11,'ack',X'',1);
COMMIT;
