BEGIN TRANSACTION;
CREATE TABLE accounts (
	id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	salt VARCHAR(64) NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE ("key")
);
INSERT INTO "accounts" VALUES(1,'mine','0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef');
CREATE TABLE cursors (
	account INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (account, name), 
	FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);
INSERT INTO "cursors" VALUES(1,'list','7');
CREATE TABLE ledger_schema (
	version INTEGER NOT NULL
);
INSERT INTO "ledger_schema" VALUES(1);
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	account INTEGER NOT NULL, 
	evse_id TEXT NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	session TEXT NOT NULL, 
	told BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);
INSERT INTO "outbox" VALUES(1,1,'evse_1','started','{"key":"host/1","id":"1","state":"completed","ownership":"own","evse_id":"evse_1","evse_identifier":"NO*ABC*E1","place":"Garage ü","started_at":"2026-10-25T00:30:00.123456Z","ended_at":"2026-10-25T01:30:00.123456Z","duration":"PT3600S","idle":"PT0.000001S","energy_kwh":0.11429,"power_kw":null,"cost":{"currency":"NOK","state":"provisional","net":"0.1","vat":"0.025","gross":"0.125001"},"evse_status":null,"vehicle_battery_percent":null,"battery_start_percent":76.5,"battery_end_percent":98.0,"drawn_kwh":39.261,"errors":["E1","quote \" and , comma"],"reported_at":"2026-10-25T01:30:00.123456Z","reference":"auth-1","stop_reason":"EVDisconnected","can_stop":null,"stale":true,"periods":[{"started_at":"2026-10-25T00:30:00.123456Z","ended_at":"2026-10-25T01:30:00.123456Z","kind":"charging","energy_kwh":0.11429,"amount":"0.125001"},{"started_at":"2026-10-25T01:30:00.123456Z","ended_at":null,"kind":null,"energy_kwh":null,"amount":null}]}',0);
CREATE TABLE sessions (
	id INTEGER NOT NULL, 
	account INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	session_id TEXT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	ownership VARCHAR(16) NOT NULL, 
	stale BOOLEAN NOT NULL, 
	evse_id TEXT, 
	evse_identifier TEXT, 
	place TEXT, 
	began BIGINT NOT NULL, 
	started_at BIGINT, 
	first_start BIGINT NOT NULL, 
	ended_at BIGINT, 
	reported_at BIGINT, 
	duration BIGINT, 
	idle BIGINT, 
	energy BIGINT, 
	drawn BIGINT, 
	currency TEXT, 
	cost_state VARCHAR(16), 
	cost_basis VARCHAR(16), 
	net BIGINT, 
	vat BIGINT, 
	gross BIGINT, 
	battery_start DOUBLE, 
	battery_end DOUBLE, 
	periods TEXT NOT NULL, 
	errors TEXT NOT NULL, 
	stop_reason TEXT, 
	reference TEXT, 
	subject VARCHAR(64), 
	created_at BIGINT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	change VARCHAR(16) NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (account, "key"), 
	FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);
INSERT INTO "sessions" VALUES(1,1,'s1','s1','completed','unknown',0,'evse_1',NULL,NULL,1792884600123456,1792884600123456,1792884600123456,1792891800123456,NULL,NULL,NULL,7500000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,'bcd46d067acc127ff234cd05349bdfdf',1792891800123456,1792891800123456,'ended');
INSERT INTO "sessions" VALUES(2,1,'host/1','1','completed','own',1,'evse_1','NO*ABC*E1','Garage ü',1792888200123456,1792888200123456,1792888200123456,1792891800123456,1792891800123456,3600000000,1,114290,39261000,'NOK','provisional','gross',100000,25000,125001,76.5,98.0,'[[1792888200123456,1792891800123456,"charging",114290,125001],[1792891800123456,null,null,null,null]]','["E1","quote \" and , comma"]','EVDisconnected','auth-1',NULL,1792891800123456,1792891800123456,'ended');
CREATE TABLE tracks (
	account INTEGER NOT NULL, 
	evse_id TEXT NOT NULL, 
	session_key TEXT, 
	track TEXT, 
	PRIMARY KEY (account, evse_id), 
	FOREIGN KEY(account) REFERENCES accounts (id) ON DELETE CASCADE
);
INSERT INTO "tracks" VALUES(1,'evse_1','host/1','{"session":{"key":"host/1","id":"1","state":"completed","ownership":"own","evse_id":"evse_1","evse_identifier":"NO*ABC*E1","place":"Garage ü","started_at":"2026-10-25T00:30:00.123456Z","ended_at":"2026-10-25T01:30:00.123456Z","duration":"PT3600S","idle":"PT0.000001S","energy_kwh":0.11429,"power_kw":null,"cost":{"currency":"NOK","state":"provisional","net":"0.1","vat":"0.025","gross":"0.125001"},"evse_status":null,"vehicle_battery_percent":null,"battery_start_percent":76.5,"battery_end_percent":98.0,"drawn_kwh":39.261,"errors":["E1","quote \" and , comma"],"reported_at":"2026-10-25T01:30:00.123456Z","reference":"auth-1","stop_reason":"EVDisconnected","can_stop":null,"stale":true,"periods":[{"started_at":"2026-10-25T00:30:00.123456Z","ended_at":"2026-10-25T01:30:00.123456Z","kind":"charging","energy_kwh":0.11429,"amount":"0.125001"},{"started_at":"2026-10-25T01:30:00.123456Z","ended_at":null,"kind":null,"energy_kwh":null,"amount":null}]},"first_start":"2026-10-25T00:30:00.123456Z","predecessor":null,"predecessor_start":null,"attempts":0}');
INSERT INTO "tracks" VALUES(1,'evse_2',NULL,NULL);
CREATE INDEX sessions_by_time ON sessions (account, began);
CREATE INDEX sessions_by_place ON sessions (account, evse_id, began);
CREATE INDEX outbox_by_account ON outbox (account, told, id);
COMMIT;
