import { expect, test, virtualBoard } from 'motekit/testing';

test('publishes the registers of the plan every ten seconds', async () => {
  const board = await virtualBoard();
  board.part('{{part.modbus_meter}}').turn('voltage', 231.5).turn('power', -1200).turn('current', 5.25);
  const first = board.nextPublication('telemetry', '5s');
  expect(first.value('sensors/meter/voltage')).toBe(231.5);
  expect(first.value('sensors/meter/power')).toBe(-1200);
  expect(first.value('sensors/meter/current')).toBe(5.25);
  expect(board.nextPublication('telemetry', '11s').time - first.time).toBeLessThanOrEqual(10_000);
});

test('a meter that is silent is told, and polled again', async () => {
  const board = await virtualBoard();
  board.nextPublication('telemetry', '5s');
  board.part('{{part.modbus_meter}}').inject({ kind: 'absent' });
  expect(board.nextPublication('events', '15s').value('sensors/meter/error')).toBe('timeout');
  board.part('{{part.modbus_meter}}').heal();
  expect(board.nextPublication('events', '1min').value('sensors/meter/error')).toBe('recovered');
});

test('a check sum that is wrong is no reading', async () => {
  const board = await virtualBoard();
  board.part('{{part.modbus_meter}}').inject({ kind: 'crc' });
  expect(board.nextPublication('events', '5s').value('sensors/meter/error')).toBe('bad-checksum');
  expect(board.published('telemetry')).toEqual([]);
});
