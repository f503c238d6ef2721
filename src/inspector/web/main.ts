import type { Story } from '../messages.ts';

const saved = document.getElementById('story')?.textContent;
const story = saved ? (JSON.parse(saved) as Story) : null;
document.body.append(story?.hello.goal ?? 'live');
