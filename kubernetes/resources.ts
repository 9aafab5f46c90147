/** One kind of object as the API server addresses it. */
export interface Resource {
  /** API group, '' for the core group. */
  readonly group: string;
  readonly version: string;
  /** Lower-case plural, as in the URL. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const resource = (apiVersion: string, plural: string, kind: string, namespaced = true): Resource => {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return { group: group ?? '', version: version ?? '', plural, kind, namespaced };
};

export const CONFIG_MAPS: Resource = resource('v1', 'configmaps', 'ConfigMap');
export const EVENTS: Resource = resource('v1', 'events', 'Event');
export const NAMESPACES: Resource = resource('v1', 'namespaces', 'Namespace', false);
export const PERSISTENT_VOLUME_CLAIMS: Resource = resource('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim');
export const NODES: Resource = resource('v1', 'nodes', 'Node', false);
export const PODS: Resource = resource('v1', 'pods', 'Pod');
export const SECRETS: Resource = resource('v1', 'secrets', 'Secret');
export const SERVICES: Resource = resource('v1', 'services', 'Service');
export const SERVICE_ACCOUNTS: Resource = resource('v1', 'serviceaccounts', 'ServiceAccount');
export const DEPLOYMENTS: Resource = resource('apps/v1', 'deployments', 'Deployment');
export const REPLICA_SETS: Resource = resource('apps/v1', 'replicasets', 'ReplicaSet');
export const STATEFUL_SETS: Resource = resource('apps/v1', 'statefulsets', 'StatefulSet');
export const JOBS: Resource = resource('batch/v1', 'jobs', 'Job');
export const HORIZONTAL_POD_AUTOSCALERS: Resource = resource(
  'autoscaling/v2',
  'horizontalpodautoscalers',
  'HorizontalPodAutoscaler',
);
export const INGRESSES: Resource = resource('networking.k8s.io/v1', 'ingresses', 'Ingress');
export const HTTP_ROUTES: Resource = resource('gateway.networking.k8s.io/v1', 'httproutes', 'HTTPRoute');
/** KEDA's: a cluster may lack them. */
export const SCALED_OBJECTS: Resource = resource('keda.sh/v1alpha1', 'scaledobjects', 'ScaledObject');
export const TRIGGER_AUTHENTICATIONS: Resource = resource(
  'keda.sh/v1alpha1',
  'triggerauthentications',
  'TriggerAuthentication',
);
export const POD_DISRUPTION_BUDGETS: Resource = resource('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget');
export const LEASES: Resource = resource('coordination.k8s.io/v1', 'leases', 'Lease');
export const CUSTOM_RESOURCE_DEFINITIONS: Resource = resource(
  'apiextensions.k8s.io/v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
  false,
);
export const MUTATING_WEBHOOK_CONFIGURATIONS: Resource = resource(
  'admissionregistration.k8s.io/v1',
  'mutatingwebhookconfigurations',
  'MutatingWebhookConfiguration',
  false,
);
export const VALIDATING_WEBHOOK_CONFIGURATIONS: Resource = resource(
  'admissionregistration.k8s.io/v1',
  'validatingwebhookconfigurations',
  'ValidatingWebhookConfiguration',
  false,
);
export const SUBJECT_ACCESS_REVIEWS: Resource = resource(
  'authorization.k8s.io/v1',
  'subjectaccessreviews',
  'SubjectAccessReview',
  false,
);
export const SELF_SUBJECT_ACCESS_REVIEWS: Resource = resource(
  'authorization.k8s.io/v1',
  'selfsubjectaccessreviews',
  'SelfSubjectAccessReview',
  false,
);

/** `v1` or `group/version`, as objects carry it in `apiVersion`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** What of a resource a request is about; no name means the collection. */
export interface ResourceAddress {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/**
 * The URL path of an object, subresource or collection. A namespaced collection without a namespace means all namespaces.
 * @throws TypeError when a namespaced object is addressed without its namespace
 */
export function resourcePath(resource: Resource, { namespace, name, subresource }: ResourceAddress): string {
  if (resource.namespaced && name !== undefined && !namespace) {
    throw new TypeError(`${resource.plural} ${name}: a namespace is needed`);
  }
  const segments = resource.group === '' ? ['api', resource.version] : ['apis', resource.group, resource.version];
  if (resource.namespaced && namespace) segments.push('namespaces', namespace);
  segments.push(resource.plural);
  if (name !== undefined) segments.push(name);
  if (subresource !== undefined) segments.push(subresource);
  return `/${segments.map(encodeURIComponent).join('/')}`;
}
