// The desk without a mouse, and progress without reloading by hand. Every page works without this file.
"use strict";

// A page that shows work under way looks again every two seconds.
if (document.querySelector("[data-working]")) setTimeout(() => location.reload(), 2000);

// One key for each button or link that names one, unless somebody is typing.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (target) { event.preventDefault(); target.click(); }
});

// The reason is typed once and goes with whichever button is pressed.
const reason = document.getElementById("reason");
document.addEventListener("submit", (event) => {
  const field = event.target.querySelector("[data-reason]");
  if (field && reason) field.value = reason.value;
});

// A file may be dropped anywhere on the form that takes one.
const upload = document.querySelector(".desk-upload");
if (upload) {
  upload.addEventListener("dragover", (event) => event.preventDefault());
  upload.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    upload.querySelector("input[type=file]").files = event.dataTransfer.files;
  });
}
