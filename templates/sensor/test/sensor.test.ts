import { expect, test, virtualBoard } from 'motekit/testing';

test('publishes what the sensor measures, every minute', async () => {
  const board = await virtualBoard();
  board.part('{{part.bme280}}').turn('temperature', 21);
  const first = board.nextPublication('telemetry', '1s');
  expect(first.value('sensors/room/temperature')).toBeCloseTo(21, 1);

  board.part('{{part.bme280}}').turn('temperature', -7.5).turn('humidity', 80);
  const second = board.nextPublication('telemetry', '61s');
  expect(second.time - first.time).toBeCloseTo(60_000, -3);
  expect(second.value('sensors/room/temperature')).toBeCloseTo(-7.5, 1);
  expect(second.value('sensors/room/relative_humidity')).toBeCloseTo(80, 0);
});

test('a sensor that is not there is told, and read as soon as it is back', async () => {
  const board = await virtualBoard();
  board.part('{{part.bme280}}').inject({ kind: 'absent' });
  expect(board.nextPublication('events', '1s').value('sensors/room/error')).toBe('nack');
  board.advance('10s');
  expect(board.published('telemetry')).toEqual([]);

  board.part('{{part.bme280}}').heal();
  expect(board.nextPublication('events', '1min').value('sensors/room/error')).toBe('recovered');
  board.advance('1s');
  expect(board.published('telemetry')).toHaveLength(1);
});
