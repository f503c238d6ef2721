import type { Story } from '../messages.ts';
import { startPage } from './page.ts';

const saved = document.getElementById('story')?.textContent;
startPage(saved ? (JSON.parse(saved) as Story) : null);
