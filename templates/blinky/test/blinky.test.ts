import { expect, test, virtualBoard } from 'motekit/testing';

test('the LED changes every half second', async () => {
  const board = await virtualBoard();
  board.advance('10s');
  const { changes } = board.pin('led');
  expect(changes).toHaveLength(20);
  expect(changes.slice(0, 3)).toEqual([
    { time: 500, high: true },
    { time: 1000, high: false },
    { time: 1500, high: true },
  ]);
});
