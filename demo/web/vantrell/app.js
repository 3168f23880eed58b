// A site that a script draws from /content.json: without the script there is nothing on the page.
const app = document.getElementById("app");

function link(path, label) {
  const anchor = document.createElement("a");
  anchor.href = path;
  anchor.textContent = label;
  return anchor;
}

function draw(content) {
  const page = content.pages[location.pathname] || content.pages["/"];
  const main = document.createElement("main");
  main.className = "wide";
  for (const [name, text] of page.blocks) {
    const element = document.createElement(name);
    element.textContent = text;
    main.append(element);
  }
  const footer = document.createElement("footer");
  footer.append(...content.footer.map(([path, label]) => link(path, label)));
  app.replaceChildren(main, footer);
  document.title = page.title;
}

fetch("/content.json").then((answer) => answer.json()).then(draw);
