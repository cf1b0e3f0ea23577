// The theme is chosen before anything is drawn, so that a dark page never flashes.
(() => {
  const NAME = 'headroom-theme';
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');

  const kept = () => {
    try { return localStorage.getItem(NAME); } catch { return null; }
  };
  const apply = (theme) => {
    root.dataset.theme = theme ?? (system.matches ? 'dark' : 'light');
    dispatchEvent(new Event('themechange'));
  };

  apply(kept());
  system.addEventListener('change', () => apply(kept()));
  addEventListener('DOMContentLoaded', () => {
    const button = document.getElementById('theme');
    const tell = () => {
      const other = root.dataset.theme === 'dark' ? 'light' : 'dark';
      button.textContent = other === 'dark' ? 'Dark' : 'Light';
      button.setAttribute('aria-label', `Switch to the ${other} theme`);
    };
    tell();
    addEventListener('themechange', tell);
    button.addEventListener('click', () => {
      const theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
      try { localStorage.setItem(NAME, theme); } catch { /* private windows keep nothing */ }
      apply(theme);
    });
  });
})();
