insert into queues (id, settings) values ('default', '{"id":"default","name":"客服 Support"}');
insert into sites (id, settings) values ('demo',
    '{"key":"demo","name":"演示站点 Demo","queueId":"default","greeting":{"zh-CN":"您好，请问有什么可以帮您？","en":"Hello, how can we help you?"}}');
