import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkSetting } from './check.ts';
import { availability, LINES, newNameOf, settingsOf } from './tables.ts';

test('each line has its own table, and the union has them all', () => {
  assert.equal(
    LINES.map((line) => settingsOf(line).size),
    [175, 180, 186, 194, 207],
  );
  assert.is(settingsOf(undefined).size, 207);
  assert.is(settingsOf('9.9'), settingsOf(undefined));
});

test('availability names the lines of a setting', () => {
  const setting = settingsOf(undefined).get('worker_soft_shutdown_timeout');
  assert.ok(setting);
  assert.is(availability(setting), 'since 5.5');
  const common = settingsOf(undefined).get('task_acks_late');
  assert.ok(common);
  assert.is(availability(common), undefined);
});

test('old names lead to the new one, also the form of a Django settings module', () => {
  assert.is(newNameOf('CELERYD_CONCURRENCY'), 'worker_concurrency');
  assert.is(newNameOf('CELERY_TASK_ACKS_LATE'), 'task_acks_late');
  assert.is(newNameOf('ONCE'), undefined);
});

test("every setting takes Celery's own default in every line", () => {
  for (const line of LINES)
    for (const setting of settingsOf(line).values()) {
      if (setting.default === 'inf') continue;
      assert.is(checkSetting(setting.name, setting.default, line), undefined, `${line} ${setting.name}`);
    }
});

test('null means "not set" for every setting', () => {
  for (const setting of settingsOf('5.7').values()) assert.is(checkSetting(setting.name, null, '5.7'), undefined);
});

const CASES: readonly [name: string, value: unknown, version: string | undefined, kind: string | undefined][] = [
  ['broker_use_ssl', { ca_certs: '/ca' }, '5.6', undefined],
  ['task_default_priority', 3, '5.6', undefined],
  ['task_default_priority', '3', '5.6', 'wrong-type'],
  ['task_default_delivery_mode', 1, '5.6', undefined],
  ['task_default_delivery_mode', 'transient', '5.6', undefined],
  ['task_default_rate_limit', 10, '5.6', undefined],
  ['task_default_rate_limit', '10/m', '5.6', undefined],
  ['task_time_limit', 30, '5.6', undefined],
  ['task_time_limit', '30', '5.6', 'wrong-type'],
  ['worker_concurrency', 'auto', '5.6', 'wrong-type'],
  ['worker_concurrency', 'auto', '5.7', undefined],
  ['worker_concurrency', 2.5, '5.7', 'wrong-type'],
  ['task_acks_late', 1, '5.6', 'wrong-type'],
  ['task_routes', { 'shop.*': { queue: 'shop' } }, '5.6', undefined],
  ['task_routes', [['shop.*', { queue: 'shop' }]], '5.6', undefined],
  ['imports', 'shop.tasks', '5.6', undefined],
  ['imports', { shop: 1 }, '5.6', 'wrong-type'],
  ['taskAcksLate', true, '5.6', 'near-miss'],
  ['task_acsk_late', true, undefined, 'near-miss'],
  ['redbeat_redis_url', 'x', '5.6', undefined],
  ['redbeat_key_prefix', 'x', '5.6', undefined],
  ['singleton_lock_expiry', 5, '5.6', undefined],
  ['beat_dburi', 'x', '5.6', undefined],
  ['ours', Number.NaN, '5.6', 'unserialisable'],
  ['ours', '\ud800', '5.6', 'unserialisable'],
];

for (const [name, value, version, kind] of CASES)
  test(`${name} = ${JSON.stringify(value)} on ${version ?? 'any version'}: ${kind ?? 'fine'}`, () => {
    assert.is(checkSetting(name, value, version)?.kind, kind);
  });

test('any name and value get an answer that does not hold the value', () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), fc.constantFrom(...LINES, undefined, 'x'), (name, value, version) => {
      const problem = checkSetting(name, value, version);
      if (problem !== undefined) assert.ok(problem.problem !== '' && problem.fix !== '');
    }),
  );
  const problem = checkSetting('task_acks_late', 'hunter2', '5.6');
  assert.not.match(JSON.stringify(problem), 'hunter2');
});

test.run();
