// The page can be read without this. It lets the Escape key close a panel, and keeps the Tab key inside an open one.
(() => {
  let opener = null;
  const panel = () => document.querySelector('.panel:target');
  const settle = () => {
    const open = panel();
    for (const part of document.body.children) part.inert = open !== null ? part !== open : false;
    if (open) open.querySelector('.close').focus();
    else if (opener) opener.focus();
  };
  document.addEventListener('click', (event) => {
    opener = event.target.closest('main a[href^="#"]') ?? opener;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !panel()) return;
    location.hash = 'runtimes';
    settle();
  });
  addEventListener('hashchange', settle);
  settle();
})();
