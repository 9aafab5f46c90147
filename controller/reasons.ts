/** Condition types, as kstatus reads them (https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus). */
export type ConditionType = 'Ready' | 'Reconciling' | 'Stalled' | 'Autoscaling' | 'Suspended' | 'Paused';

/** Reasons of conditions. They are API: stable within a version. */
export const REASONS = {
  /** Every pool runs as many ready workers of the current revision as it should. */
  ready: 'WorkersReady',
  /** A rollout or a change of the replica count is under way, and nothing hinders it. */
  progressing: 'WorkersProgressing',
  /** Workers cannot become ready; the message carries the pod's own reason. */
  notReady: 'WorkersNotReady',
  /** spec.suspend: no component runs a pod. */
  suspended: 'Suspended',
  /** The annotation celeryproject.org/paused: nothing is written but status. */
  paused: 'Paused',
  /** The stored specification breaks a rule; the last good children stay. */
  invalidSpec: 'InvalidSpec',
  /** A child's name is taken by an object that is not ours. */
  nameConflict: 'NameConflict',
  /** A Secret that the specification names does not exist or lacks the key. */
  secretNotFound: 'SecretNotFound',
  /** broker.bundled is asked for and this installation has none. */
  brokerNotInstalled: 'BundledBrokerNotInstalled',
  /** The bundled RabbitMQ does not answer, or refuses; retried. */
  brokerUnavailable: 'BundledBrokerUnavailable',
  /** The cluster lacks a kind of object that the specification asks for; everything else is done. */
  kindMissing: 'KindNotInstalled',
  /** The API server refused or could not be reached; retried with back-off. */
  reconcileFailed: 'ReconcileFailed',
  /** Every autoscaler works. */
  scaling: 'AutoscalersActive',
  /** queueLength or triggers are asked for and KEDA is not in the cluster; the pool keeps its number of pods. */
  kedaNotInstalled: 'KedaNotInstalled',
  /** KEDA cannot read this broker; the pool keeps its number of pods. */
  brokerNotReadable: 'BrokerNotReadable',
  /** The number of pods goes from the specification to an autoscaler, or from one to another. */
  handingOver: 'HandingOver',
  /** The autoscaler itself reports a problem; the message is its own. */
  autoscalerNotReady: 'AutoscalerNotReady',
  /** Nothing is wrong in the specification. */
  notStalled: 'AsExpected',
} as const;

export type Reason = (typeof REASONS)[keyof typeof REASONS];

/** Names of events on the application. */
export const EVENTS = {
  created: 'Created',
  updated: 'Updated',
  deleted: 'Deleted',
  repaired: 'Repaired',
  ready: 'Ready',
  failed: 'ReconcileFailed',
} as const;
