import { dnsAddress } from './settings.ts';

type Manifest = Readonly<Record<string, unknown>>;

const namespace = 'kube-system';

const serviceAccount = (name: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace },
});

const clusterRole = (name: string, rules: readonly object[]): Manifest => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name },
  rules,
});

const binding = (name: string, account: string, role: string): Manifest => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
});

const deployment = (name: string, labels: Readonly<Record<string, string>>, pod: Manifest): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace, labels },
  spec: {
    replicas: 1,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { serviceAccountName: name, priorityClassName: 'system-cluster-critical', ...pod },
    },
  },
});

/** CoreDNS' configuration. Without an upstream nameserver it answers for the cluster alone. */
export function corefile(upstream: readonly string[]): string {
  return `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
${upstream.length > 0 ? `    forward . ${upstream.join(' ')}\n` : ''}    cache 5
    reload 5s
}
`;
}

/** The nameservers in the text of a resolv.conf that a pod can reach: not those on this machine's loopback. */
export function upstreamServers(resolvConf: string): string[] {
  return resolvConf
    .split('\n')
    .flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .filter((address) => !address.startsWith('127.') && address !== '::1')
    .slice(0, 3);
}

/** CoreDNS as an ordinary Deployment behind the Service that every pod's resolv.conf names. */
export function coreDns(image: string, upstream: readonly string[]): Manifest[] {
  const labels = { 'k8s-app': 'kube-dns' };
  const probe = (path: string, port: number): object => ({ httpGet: { path, port }, periodSeconds: 2 });
  return [
    serviceAccount('coredns'),
    clusterRole('system:coredns', [
      { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ]),
    binding('system:coredns', 'coredns', 'system:coredns'),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'coredns', namespace },
      data: { Corefile: corefile(upstream) },
    },
    deployment('coredns', labels, {
      dnsPolicy: 'Default',
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'coredns',
          image,
          imagePullPolicy: 'Never',
          args: ['-conf', '/etc/coredns/Corefile'],
          ports: [
            { containerPort: 53, protocol: 'UDP' },
            { containerPort: 53, protocol: 'TCP' },
          ].map((port, index) => ({ name: ['dns', 'dns-tcp'][index], ...port })),
          readinessProbe: probe('/ready', 8181),
          livenessProbe: { ...probe('/health', 8080), periodSeconds: 10, failureThreshold: 5 },
          resources: { requests: { cpu: '20m', memory: '30Mi' } },
          volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
        },
      ],
      volumes: [{ name: 'config', configMap: { name: 'coredns' } }],
    }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace, labels },
      spec: {
        clusterIP: dnsAddress,
        selector: labels,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        ],
      },
    },
  ];
}

/** metrics-server: `kubectl top` and CPU and memory autoscaling. */
export function metricsServer(image: string): Manifest[] {
  const labels = { 'k8s-app': 'metrics-server' };
  const probe = (path: string): object => ({ httpGet: { path, port: 10250, scheme: 'HTTPS' }, periodSeconds: 5 });
  return [
    serviceAccount('metrics-server'),
    {
      ...clusterRole('system:aggregated-metrics-reader', [
        { apiGroups: ['metrics.k8s.io'], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] },
      ]),
      metadata: {
        name: 'system:aggregated-metrics-reader',
        labels: Object.fromEntries(
          ['view', 'edit', 'admin'].map((role) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, 'true']),
        ),
      },
    },
    clusterRole('system:metrics-server', [
      { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] },
    ]),
    binding('system:metrics-server', 'metrics-server', 'system:metrics-server'),
    binding('metrics-server:system:auth-delegator', 'metrics-server', 'system:auth-delegator'),
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'metrics-server-auth-reader', namespace },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'Role',
        name: 'extension-apiserver-authentication-reader',
      },
      subjects: [{ kind: 'ServiceAccount', name: 'metrics-server', namespace }],
    },
    deployment('metrics-server', labels, {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'metrics-server',
          image,
          imagePullPolicy: 'Never',
          args: [
            '--secure-port=10250',
            '--cert-dir=/tmp',
            '--kubelet-insecure-tls',
            '--kubelet-preferred-address-types=InternalIP',
            '--metric-resolution=15s', // the least: it must exceed the kubelet timeout of 10 s
          ],
          ports: [{ name: 'https', containerPort: 10250 }],
          readinessProbe: probe('/readyz'),
          livenessProbe: probe('/livez'),
          resources: { requests: { cpu: '20m', memory: '50Mi' } },
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'metrics-server', namespace, labels },
      spec: { selector: labels, ports: [{ name: 'https', port: 443, targetPort: 'https' }] },
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { name: 'metrics-server', namespace },
      },
    },
  ];
}
