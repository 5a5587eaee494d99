-- Two administrators who edit a queue at a time are told: the second one's revision is an older one.
alter table queues add column revision bigint not null default 0;
-- Why somebody is busy or away: to begin with, for supervisors to change.
insert into library (kind, id, scope, revision, body, updated_by, updated_at) values
    ('reasons', 'break', 'all', 1, '{"status":"away","names":{"zh-CN":"休息","en":"Break"}}', '', 0),
    ('reasons', 'lunch', 'all', 1, '{"status":"away","names":{"zh-CN":"午餐","en":"Lunch"}}', '', 0),
    ('reasons', 'meeting', 'all', 1, '{"status":"busy","names":{"zh-CN":"会议","en":"Meeting"}}', '', 0),
    ('reasons', 'training', 'all', 1, '{"status":"busy","names":{"zh-CN":"培训","en":"Training"}}', '', 0)
on conflict do nothing;
