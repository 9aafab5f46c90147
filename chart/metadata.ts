const HOME = 'https://github.com/celery-operator/celery-operator';
const REPOSITORY = 'ghcr.io/celery-operator/celery-operator';

const maintainers = [{ name: 'celery-operator', url: HOME }];

/** Chart.yaml of the chart; chart and operator are released together under one version. */
export function chartMetadata(version: string): object {
  return {
    apiVersion: 'v2',
    name: 'celery-operator',
    description: 'Celery workers on Kubernetes: admission webhook and controller for CeleryApplication',
    type: 'application',
    version,
    appVersion: version,
    // match conditions of webhooks and the sleep action are stable from 1.30 on; "-0" admits vendors' versions such as 1.30.1-eks-…
    kubeVersion: '>=1.30.0-0',
    home: HOME,
    sources: [HOME],
    keywords: ['celery', 'python', 'task-queue', 'workers', 'operator'],
    maintainers,
    dependencies: [{ name: 'broker', version, condition: 'broker.enabled' }],
    annotations: {
      'artifacthub.io/license': 'Apache-2.0',
      'artifacthub.io/category': 'integration-delivery',
      'artifacthub.io/operator': 'true',
      'artifacthub.io/operatorCapabilities': 'Basic Install',
      'artifacthub.io/prerelease': 'true',
      'artifacthub.io/images': `- name: celery-operator\n  image: ${REPOSITORY}:${version}\n`,
      'artifacthub.io/links': `- name: Documentation\n  url: ${HOME}/tree/main/docs\n- name: Examples\n  url: ${HOME}/tree/main/examples\n`,
      'artifacthub.io/crds': [
        '- kind: CeleryApplication',
        '  version: v1beta1',
        '  name: celeryapplications.celeryproject.org',
        '  displayName: Celery application',
        '  description: An image, a broker and the worker pools that run it',
        '',
      ].join('\n'),
      'artifacthub.io/crdsExamples': [
        '- apiVersion: celeryproject.org/v1beta1',
        '  kind: CeleryApplication',
        '  metadata:',
        '    name: shop',
        '  spec:',
        '    image: ghcr.io/acme/shop:1.4',
        '    app: shop.celery:app',
        '    broker:',
        '      url: redis://redis:6379/0',
        '',
      ].join('\n'),
    },
  };
}

/** Chart.yaml of the quick-start broker. */
export function brokerMetadata(version: string): object {
  return {
    apiVersion: 'v2',
    name: 'broker',
    description: 'Quick-start broker for celery-operator. Not for production.',
    type: 'application',
    version,
    appVersion: '7',
    home: HOME,
    maintainers,
  };
}
