/**
 * The CRD's own schema dialect (apiextensions.k8s.io/v1 JSONSchemaProps, the structural subset).
 * It is the narrowest of all targets, so each derivation (types, ajv, reference, chart values) only widens it.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';
}

interface Described {
  readonly description?: string;
  readonly nullable?: boolean;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

export interface StringSchema extends Described {
  readonly type: 'string';
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength: number;
  readonly format?: 'date-time';
  readonly default?: string;
  readonly example?: string;
}

export interface IntegerSchema extends Described {
  readonly type: 'integer';
  readonly format?: 'int32' | 'int64';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: number;
}

export interface BooleanSchema extends Described {
  readonly type: 'boolean';
  readonly default?: boolean;
}

export interface ArraySchema extends Described {
  readonly type: 'array';
  readonly items: Schema;
  readonly minItems?: number;
  readonly maxItems: number;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly default?: readonly unknown[];
}

export interface ObjectSchema extends Described {
  readonly type: 'object';
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly maxProperties?: number;
  readonly minProperties?: number;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  /** Ours: what is below this node belongs to someone else (Kubernetes, Celery); unknown names are not typos. */
  readonly 'x-celery-operator-open'?: true;
  readonly default?: { readonly [name: string]: unknown };
}

export interface AnySchema extends Described {
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-celery-operator-open'?: true;
  readonly type?: undefined;
}

export type Schema = StringSchema | IntegerSchema | BooleanSchema | ArraySchema | ObjectSchema | AnySchema;
