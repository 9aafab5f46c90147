import { files } from './generated/files.ts';

/** Names of the files that the agent consists of. */
export type AgentFile = keyof typeof files;

/**
 * The agent's files by name, for the ConfigMaps: the settings module (CONFIG_MODULE=celery_operator_settings) and the
 * script of the liveness probe (sh /etc/celery/liveness.sh).
 */
export const agentFiles: { readonly [name in AgentFile]: string } = files;
