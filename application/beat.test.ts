import type { StatefulSet } from 'kubernetes-types/apps/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CeleryApplication, Spec } from './celery-application.ts';
import { children } from './children.ts';
import { parsePlan } from './injection-plan.ts';
import { resolve } from './resolve.ts';

type Beat = NonNullable<Spec['beat']>;

function render(beat: Beat = {}, spec: Partial<Spec> = {}) {
  const application: CeleryApplication = {
    metadata: { name: 'shop', namespace: 'n', uid: 'u', generation: 1 },
    spec: { image: 'shop:1', app: 'shop.celery:app', broker: { url: 'redis://r/0' }, beat, ...spec },
  };
  const rendered = children(resolve(application));
  const set = rendered.workloads.find((object) => object.kind === 'StatefulSet') as StatefulSet | undefined;
  const config = rendered.configMaps.find((object) => object.metadata?.name?.startsWith('shop-beat-'));
  const pod = set?.spec?.template.spec;
  const container = pod?.containers.find((entry) => entry.name === 'celery');
  assert.ok(set && config && pod && container);
  const env = Object.fromEntries((container.env ?? []).map((entry) => [entry.name, entry.value]));
  const settings: Record<string, unknown> = JSON.parse(config.data?.['config.json'] ?? '');
  return { set, config, pod, container, env, settings, command: (container.args ?? []).join(' ') };
}

test('without spec.beat there is none', () => {
  const application: CeleryApplication = {
    metadata: { name: 'shop' },
    spec: { image: 'a', broker: { url: 'redis://r' } },
  };
  const { workloads, configMaps } = children(resolve(application));
  assert.equal(
    workloads.map(({ kind }) => kind),
    ['Deployment'],
  );
  assert.is(configMaps.length, 2);
});

test('beat is one StatefulSet of one, whose broken template can be replaced', () => {
  const { set } = render();
  assert.is(set.metadata?.name, 'shop-beat');
  assert.is(set.spec?.replicas, 1);
  assert.is(set.spec?.podManagementPolicy, 'Parallel');
  assert.equal(set.spec?.selector.matchLabels, {
    'celeryproject.org/application': 'shop',
    'app.kubernetes.io/component': 'beat',
  });
  for (const [name, value] of Object.entries(set.spec?.selector.matchLabels ?? {}))
    assert.is(set.spec?.template.metadata?.labels?.[name], value);
});

test('the shortest beat keeps its schedule on an emptyDir, and the agent stands in for its scheduler', () => {
  const { pod, container, command } = render();
  assert.equal(
    pod.volumes?.find((volume) => volume.name === 'schedule'),
    { name: 'schedule', emptyDir: {} },
  );
  assert.ok(container.volumeMounts?.some((mount) => mount.mountPath === '/var/lib/celery-beat'));
  assert.is(
    command,
    '-A shop.celery:app beat -s /var/lib/celery-beat/celerybeat-schedule -S celery_operator_beat:scheduler -l INFO',
  );
});

test('storage is a claim, writable for whoever runs Celery', () => {
  const { set, pod } = render({ storage: { size: '100Mi', className: 'fast' }, schedule: '/data/beat/db' });
  const claim = set.spec?.volumeClaimTemplates?.[0];
  assert.is(claim?.metadata?.name, 'schedule');
  assert.is(claim?.spec?.resources?.requests?.storage, '100Mi');
  assert.is(claim?.spec?.storageClassName, 'fast');
  assert.not(pod.volumes?.some((volume) => volume.name === 'schedule'));
  assert.ok(pod.securityContext?.fsGroup);
  assert.ok(pod.containers[0]?.volumeMounts?.some((mount) => mount.mountPath === '/data/beat'));
  const own = render({
    storage: { size: '1Gi' },
    podTemplate: { spec: { securityContext: { fsGroup: 7, runAsUser: 7 } } },
  }).pod;
  assert.is(own.securityContext?.fsGroup, 7);
});

test('a volume of that name in the pod template takes the place of the emptyDir', () => {
  const volume = { name: 'schedule', persistentVolumeClaim: { claimName: 'mine' } };
  const { pod } = render({ podTemplate: { spec: { volumes: [volume] } } });
  assert.equal(
    pod.volumes?.filter(({ name }) => name === 'schedule'),
    [volume],
  );
});

test('the fields reach the command line, and the scheduler its stand-in', () => {
  const beat: Beat = { scheduler: 'django', maxIntervalSeconds: 5, logLevel: 'DEBUG', args: ['--quiet'] };
  const { command, env } = render(beat);
  assert.match(command, '-S celery_operator_beat:scheduler --max-interval 5 -l DEBUG --quiet');
  assert.is(env.CELERY_OPERATOR_BEAT_SCHEDULER, 'django');
  const disabled = render(beat, { agent: 'Disabled' });
  assert.match(disabled.command, '-S django --max-interval 5');
  assert.is(disabled.env.CELERY_OPERATOR_BEAT_SCHEDULER, undefined);
  assert.not.match(render({}, { agent: 'Disabled' }).command, ' -S ');
});

test('the schedule is written after each run unless the user says otherwise', () => {
  assert.is(render().settings.beat_sync_every, 1);
  assert.is(render({}, { config: { beat_sync_every: 50 } }).settings.beat_sync_every, 50);
});

test('beat 5.7 is asked by ping, which a loop that stands still does not answer', () => {
  const { container, command, env, settings } = render({ maxIntervalSeconds: 30 }, { celeryVersion: '5.7' });
  assert.equal(container.livenessProbe?.exec?.command, ['sh', '/etc/celery/liveness.sh']);
  assert.match(command, '--enable-remote-control -n celerybeat@%h');
  assert.is(env.CELERY_OPERATOR_NODE, 'celerybeat');
  assert.is(settings.beat_remote_control_max_tick_age, 90);
  assert.is(
    render({}, { celeryVersion: '5.7', config: { beat_remote_control_max_tick_age: 7 } }).settings
      .beat_remote_control_max_tick_age,
    7,
  );
});

for (const [name, spec] of Object.entries<Partial<Spec>>({
  'an unknown version': {},
  'version 5.6': { celeryVersion: '5.6' },
  'a transport without mailboxes': { celeryVersion: '5.7', broker: { url: 'sqs://' } },
  'a broker of the image': { celeryVersion: '5.7', broker: { fromImage: {} } },
  'remote control switched off': { celeryVersion: '5.7', config: { beat_enable_remote_control: false } },
}))
  test(`with ${name} the agent's sign is looked at`, () => {
    const { container, command, env, settings } = render({}, spec);
    assert.equal(container.livenessProbe?.exec?.command, ['sh', '/etc/celery/beat-liveness.sh']);
    assert.is(env.CELERY_OPERATOR_BEAT_TICK, '/var/lib/celery-beat/next-tick');
    assert.is(env.CELERY_OPERATOR_BEAT_MAX_AGE, '120');
    assert.not.match(command, '--enable-remote-control');
    assert.is(settings.beat_remote_control_max_tick_age, undefined);
  });

test('without the agent the age of the schedule tells, where Celery’s own scheduler writes it', () => {
  const { container, env } = render({ maxIntervalSeconds: 60 }, { agent: 'Disabled' });
  assert.equal(container.livenessProbe?.exec?.command, ['sh', '/etc/celery/beat-liveness.sh']);
  assert.is(env.CELERY_OPERATOR_BEAT_SCHEDULE, '/var/lib/celery-beat/celerybeat-schedule');
  assert.is(env.CELERY_OPERATOR_BEAT_MAX_AGE, '360');
  assert.is(render({ scheduler: 'django' }, { agent: 'Disabled' }).container.livenessProbe, undefined);
  assert.is(
    render({}, { agent: 'Disabled', config: { beat_max_loop_interval: 9.5 } }).env.CELERY_OPERATOR_BEAT_MAX_AGE,
    '310',
  );
});

test('what belongs to all components reaches beat, and its own wins', () => {
  const { pod, container, env } = render(
    {
      image: 'shop:2',
      env: [{ name: 'A', value: 'own' }],
      envFrom: [{ secretRef: { name: 's' } }],
      resources: { limits: { cpu: '100m' } },
    },
    {
      env: [
        { name: 'A', value: 'shared' },
        { name: 'B', value: 'b' },
      ],
      podTemplate: { spec: { nodeName: 'x' } },
    },
  );
  assert.is(container.image, 'shop:2');
  assert.is(env.A, 'own');
  assert.is(env.B, 'b');
  assert.equal(container.envFrom, [{ secretRef: { name: 's' } }]);
  assert.equal(container.resources, { limits: { cpu: '100m' } });
  assert.is(pod.nodeName, 'x');
});

test('its plan is read back as it was written', () => {
  for (const spec of [{}, { celeryVersion: '5.7' as const }, { agent: 'Disabled' as const }]) {
    const json = render({ scheduler: 'django' }, spec).config.data?.['plan.json'] ?? '';
    assert.equal(parsePlan(json), JSON.parse(json));
  }
  const { config } = render();
  const plan = JSON.parse(config.data?.['plan.json'] ?? '');
  assert.throws(() => parsePlan(JSON.stringify({ ...plan, beatFile: { ...plan.beatFile, kind: 'x' } })), 'beatFile');
});

test.run();
