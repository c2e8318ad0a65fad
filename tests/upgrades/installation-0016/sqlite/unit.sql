BEGIN TRANSACTION;
CREATE TABLE jobs (dispatch_id TEXT PRIMARY KEY, body TEXT NOT NULL, step TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '', down_seq INTEGER NOT NULL);
INSERT INTO "jobs" VALUES('01a22d59-d706-7000-a576-83f50fcf6361','{"dispatch_id":"01a22d59-d706-7000-a576-83f50fcf6361","case_number":"2301002026120100001","category":"不明井盖","place":"公滨路5号","position":null,"description":"井盖丢失","urgent":false,"confidential":false,"with_units":[]}','done','',3);
INSERT INTO "jobs" VALUES('01a22d59-fe42-7000-98d1-d7fd66ac664a','{"dispatch_id":"01a22d59-fe42-7000-98d1-d7fd66ac664a","case_number":"2301002026120100002","category":"不明井盖","place":"公滨路5号","position":null,"description":"井盖丢失","urgent":false,"confidential":false,"with_units":[]}','accepted','',10);
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO "meta" VALUES('up_seq',11);
INSERT INTO "meta" VALUES('last_down_seq',17);
CREATE TABLE said (dispatch_id TEXT NOT NULL, step TEXT NOT NULL, msg_id TEXT NOT NULL UNIQUE,
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, payload BLOB NOT NULL DEFAULT x'',
  receipted INTEGER NOT NULL DEFAULT 0, UNIQUE (dispatch_id, step));
INSERT INTO "said" VALUES('01a22d59-d706-7000-a576-83f50fcf6361','delivered','01a22d59-d757-7000-82de-51b56544898b',2,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d59-d706-7000-a576-83f50fcf6361','displayed','01a22d59-d758-7000-81a7-f6b946786318',3,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d59-d706-7000-a576-83f50fcf6361','accepted','01a22d59-dd10-7000-ab7f-7ec7cb337402',4,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d59-d706-7000-a576-83f50fcf6361','on_the_way','01a22d59-e6a3-7000-b4d3-8ad337f39ae4',5,'status',X'',1);
INSERT INTO "said" VALUES('01a22d59-d706-7000-a576-83f50fcf6361','arrived','01a22d59-efa7-7000-8c5f-8e9be1086f75',6,'status',X'',1);
INSERT INTO "said" VALUES('01a22d59-d706-7000-a576-83f50fcf6361','done','01a22d59-f95d-7000-8bb8-b04a2754603e',7,'status',X'',1);
INSERT INTO "said" VALUES('01a22d59-fe42-7000-98d1-d7fd66ac664a','delivered','01a22d59-fe6c-7000-8e57-ca16a7827fa4',8,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d59-fe42-7000-98d1-d7fd66ac664a','displayed','01a22d59-fe77-7000-beb2-02732a0eb04f',9,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d59-fe42-7000-98d1-d7fd66ac664a','accepted','01a22d5a-156f-7000-8fa6-0353ffa30651',11,'ack',X'',1);
COMMIT;
