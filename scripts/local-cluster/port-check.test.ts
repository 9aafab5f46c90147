import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findConflict, parseListeners } from './port-check.ts';

const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:094B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 x
   1: 00000000:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 x
   2: 0100007F:C350 0100007F:094B 01 00000000:00000000 00:00000000 00000000     0        0 333 1 x
`;

test('only listening sockets count, addresses are decoded', () => {
  assert.equal(parseListeners(text), [
    { address: '127.0.0.1', port: 2379, inode: '111' },
    { address: '*', port: 6443, inode: '222' },
  ]);
});

test('a listener on all addresses conflicts with any, one on another address does not', () => {
  const listeners = parseListeners(text);
  assert.is(findConflict([{ address: '10.250.0.1', port: 2379, user: 'x' }], listeners), undefined);
  assert.is(findConflict([{ address: '10.250.0.1', port: 6443, user: 'x' }], listeners)?.listener.inode, '222');
});

test('IPv6 listeners: all addresses, and IPv4 written as IPv6', () => {
  const line = (address: string): string => `head\n 0: ${address}:192B 0:0 0A 0:0 0:0 0 0 0 9 1 x\n`;
  assert.is(parseListeners(line('0'.repeat(32)))[0]?.address, '*');
  assert.is(parseListeners(line('0000000000000000FFFF00000100007F'))[0]?.address, '127.0.0.1');
});

test.run();
