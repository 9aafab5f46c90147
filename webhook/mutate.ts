import { injectPod } from '../application/inject.ts';
import { ANNOTATIONS, LABELS } from '../application/names.ts';
import type { AdmissionRequest, AdmissionResponse, Context, Decision, JsonObject } from './admission.ts';
import type { Applications } from './applications.ts';
import { isObject, own } from './decode.ts';
import type { Plans } from './plans.ts';
import { allowed, denied, patched } from './respond.ts';
import { Unavailable } from './unavailable.ts';
import { unexpectedKind } from './validate.ts';

/**
 * Decides about pods that carry an application's label: adds the application's configuration, or refuses so that no worker starts without it.
 * @param applications which ConfigMap is current
 * @param plans what a ConfigMap says
 */
export function mutator(applications: Applications, plans: Plans): Decision {
  return (request, context) => {
    if (request.kind.group !== '' || request.kind.kind !== 'Pod') throw unexpectedKind(request);
    const { object, namespace } = request;
    if (
      request.operation !== 'CREATE' ||
      request.subResource !== undefined ||
      object === undefined ||
      namespace === undefined
    ) {
      return allowed(request.uid);
    }
    const application = metadataText(object, 'labels', LABELS.application);
    if (application === undefined || application === '') return allowed(request.uid);
    const pinned = metadataText(object, 'annotations', ANNOTATIONS.config);
    const plan = pinned ? plans.known(namespace, pinned, application) : undefined;
    // The path of every pod of a running application: nothing to wait for.
    if (pinned && plan !== undefined) return patched(request.uid, injectPod(object, plan, pinned));
    return inject(
      request,
      { object, namespace, application, pinned: pinned || undefined },
      context,
      applications,
      plans,
    );
  };
}

interface Subject {
  readonly object: JsonObject;
  readonly namespace: string;
  readonly application: string;
  readonly pinned: string | undefined;
}

async function inject(
  request: AdmissionRequest,
  { object, namespace, application, pinned }: Subject,
  { signal }: Context,
  applications: Applications,
  plans: Plans,
): Promise<AdmissionResponse> {
  try {
    const configMap = pinned ?? (await applications.clientConfig(namespace, application, signal));
    const plan =
      plans.known(namespace, configMap, application) ?? (await plans.read(namespace, configMap, application, signal));
    return patched(request.uid, injectPod(object, plan, configMap));
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    // 403 is what every owner of pods (ReplicaSet, Job, StatefulSet) meets with quotas and repeats with a back-off.
    return denied(request.uid, { code: 403, reason: 'Forbidden', message: error.message });
  }
}

function metadataText(object: JsonObject, map: 'labels' | 'annotations', name: string): string | undefined {
  const metadata = own(object, 'metadata');
  const values = isObject(metadata) ? own(metadata, map) : undefined;
  const value = isObject(values) ? own(values, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}
