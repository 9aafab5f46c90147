import manifest from '../package.json' with { type: 'json' };

/** How we introduce ourselves to the API server: `celery-operator/<version>`. */
export const userAgent: string = `${manifest.name}/${manifest.version}`;
