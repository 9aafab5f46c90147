import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CATALOGUE } from './catalogue.ts';
import { rulesPage } from './page.ts';

test('the page names every code once in a table', () => {
  const page = rulesPage();
  for (const code of Object.keys(CATALOGUE)) assert.is(page.split(`| ${code} |`).length, 2, code);
});

test.run();
