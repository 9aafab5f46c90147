declare const CELERY_OPERATOR_VERSION: string | undefined;

/** Version of the product: put in by the build; "development" in a checkout. */
export const version = typeof CELERY_OPERATOR_VERSION === 'string' ? CELERY_OPERATOR_VERSION : 'development';
