import { drawIcon, iconButton, nameButton } from './dom.ts';

type Theme = 'system' | 'light' | 'dark';

/** A button that goes from the system's setting to light, to dark, and back. The choice is kept where the browser keeps things. */
export function createThemeButton(changed: () => void): HTMLButtonElement {
  let theme = kept();
  const button = iconButton('system', 'Theme', () => {
    theme = following[theme];
    keep(theme);
    apply();
  });

  function apply() {
    document.documentElement.dataset['theme'] = theme;
    button.replaceChildren(drawIcon(theme));
    nameButton(button, `Theme: ${theme}`);
    changed();
  }

  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  apply();
  return button;
}

const following = { system: 'light', light: 'dark', dark: 'system' } as const satisfies Record<Theme, Theme>;
const KEY = 'gyre.theme';

function kept(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

/** A file that is opened from disk may have no storage. */
function keep(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then it is forgotten.
  }
}
