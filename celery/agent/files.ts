import { files } from './generated/files.ts';

/** Names of the files that the agent consists of. */
export type AgentFile = keyof typeof files;

const { 'flowerconfig.py': flowerConfig, ...others } = files;

/**
 * The agent's files by name, for the ConfigMaps: the settings module (CONFIG_MODULE=celery_operator_settings) and the
 * script of the liveness probe (sh /etc/celery/liveness.sh).
 */
export const agentFiles: { readonly [name in Exclude<AgentFile, 'flowerconfig.py'>]: string } = others;

/** Name of Flower's configuration file (--conf). */
export const FLOWER_CONFIG = 'flowerconfig.py';

/** The files of Flower's ConfigMap: the settings module and its configuration file. */
export const flowerFiles: Readonly<Record<string, string>> = {
  'celery_operator_settings.py': files['celery_operator_settings.py'],
  [FLOWER_CONFIG]: flowerConfig,
};
