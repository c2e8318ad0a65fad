BEGIN TRANSACTION;
CREATE TABLE jobs (dispatch_id TEXT PRIMARY KEY, body TEXT NOT NULL, step TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '', down_seq INTEGER NOT NULL);
INSERT INTO "jobs" VALUES('01a22d51-ced1-7000-9304-91fc9d22223d','{"dispatch_id":"01a22d51-ced1-7000-9304-91fc9d22223d","case_number":"2301002026120100001","category":"不明井盖","place":"公滨路5号","position":null,"description":"井盖丢失","urgent":false,"confidential":false,"with_units":[]}','done','',3);
INSERT INTO "jobs" VALUES('01a22d51-f9df-7000-ad6f-7fd45245d8bd','{"dispatch_id":"01a22d51-f9df-7000-ad6f-7fd45245d8bd","case_number":"2301002026120100002","category":"不明井盖","place":"公滨路5号","position":null,"description":"井盖丢失","urgent":false,"confidential":false,"with_units":[]}','accepted','',10);
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO "meta" VALUES('up_seq',11);
INSERT INTO "meta" VALUES('last_down_seq',17);
CREATE TABLE said (dispatch_id TEXT NOT NULL, step TEXT NOT NULL, msg_id TEXT NOT NULL UNIQUE,
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, payload BLOB NOT NULL DEFAULT x'',
  receipted INTEGER NOT NULL DEFAULT 0, UNIQUE (dispatch_id, step));
INSERT INTO "said" VALUES('01a22d51-ced1-7000-9304-91fc9d22223d','delivered','01a22d51-cf61-7000-8ad8-599f8616e338',2,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d51-ced1-7000-9304-91fc9d22223d','displayed','01a22d51-cf64-7000-8a40-0bf9a59084e5',3,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d51-ced1-7000-9304-91fc9d22223d','accepted','01a22d51-d96d-7000-8a32-9d773e20d0e9',4,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d51-ced1-7000-9304-91fc9d22223d','on_the_way','01a22d51-e420-7000-9746-3b2bd8482bf6',5,'status',X'',1);
INSERT INTO "said" VALUES('01a22d51-ced1-7000-9304-91fc9d22223d','arrived','01a22d51-ef8b-7000-8bf9-c34086a50fe9',6,'status',X'',1);
INSERT INTO "said" VALUES('01a22d51-ced1-7000-9304-91fc9d22223d','done','01a22d51-f67f-7000-97cd-e469884c3952',7,'status',X'',1);
INSERT INTO "said" VALUES('01a22d51-f9df-7000-ad6f-7fd45245d8bd','delivered','01a22d51-fa04-7000-a32f-9b56c8137c47',8,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d51-f9df-7000-ad6f-7fd45245d8bd','displayed','01a22d51-fa0b-7000-8312-066deaef1954',9,'ack',X'',1);
INSERT INTO "said" VALUES('01a22d51-f9df-7000-ad6f-7fd45245d8bd','accepted','01a22d52-1cfd-7000-8695-56807828d54c',11,'ack',X'',1);
COMMIT;
