"use strict";(function(){
document.documentElement.classList.add("js");
var words=JSON.parse(document.getElementById("words").textContent),body=document.querySelector("#list tbody"),
rows=Array.prototype.slice.call(body.rows),plain=function(s){return s.toLowerCase().replace(/\[([.:])\]/g,"$1").replace(/hxxp/g,"http")},text=rows.map(function(r){return plain(r.textContent)}),
q=document.getElementById("q"),label=document.getElementById("label"),tech=document.getElementById("tech"),shown=document.getElementById("shown");
function el(name,content,cls){var e=document.createElement(name);if(content!==undefined)e.textContent=content;if(cls)e.className=cls;return e}
function close(row){var next=row.nextSibling;if(next&&next.className==="detail"){next.remove();row.classList.remove("open")}}
function filter(){var want=plain(q.value),n=0;rows.forEach(function(r,i){
var ok=(!label.value||r.dataset.l===label.value)&&(!tech.value||(" "+(r.dataset.t||"")+" ").indexOf(" "+tech.value+" ")>=0)&&(!want||text[i].indexOf(want)>=0);
if(r.hidden===ok){r.hidden=!ok;if(!ok)close(r)}if(ok)n++});shown.textContent=n+" / "+rows.length}
var wait;q.addEventListener("input",function(){clearTimeout(wait);wait=setTimeout(filter,120)});label.addEventListener("change",filter);tech.addEventListener("change",filter);
var last=-1,up=1;function sort(th){var i=th.cellIndex;up=i===last?-up:1;last=i;
var keyed=rows.map(function(r,n){var v=r.cells[i].textContent;return[i===2?-(parseFloat(v)||0):v,r,text[n]]});
keyed.sort(function(a,b){return(a[0]<b[0]?-1:a[0]>b[0]?1:0)*up});rows.forEach(close);
var f=document.createDocumentFragment();keyed.forEach(function(k){f.appendChild(k[1])});body.appendChild(f);rows=keyed.map(function(k){return k[1]});text=keyed.map(function(k){return k[2]});
document.querySelectorAll("#list th").forEach(function(t){t.removeAttribute("aria-sort")});th.setAttribute("aria-sort",up>0?"ascending":"descending")}
document.querySelectorAll("#list th").forEach(function(th){th.tabIndex=0;th.addEventListener("click",function(){sort(th)});th.addEventListener("keydown",function(e){if(e.key==="Enter")sort(th)})});
function runs(parent,list){list.forEach(function(r){parent.appendChild(r[0]?el(r[0],r[1]):document.createTextNode(r[1]))})}
function open(row){var source=document.getElementById("d"+row.dataset.d);if(!source)return;
var d=JSON.parse(source.textContent),tr=el("tr"),td=el("td");tr.className="detail";td.colSpan=5;tr.appendChild(td);
var said="";d.findings.forEach(function(f){var now=f.technique+f.message;if(now!==said){td.appendChild(el("h3",f.technique+" · "+f.score));td.appendChild(el("div",f.message))}said=now;if(f.note)td.appendChild(el("div",f.note,"suppressed"));
var pre=el("pre");if(f.lines.length)f.lines.forEach(function(l,i){if(i)pre.appendChild(document.createTextNode("\n"));pre.appendChild(el("span",l.line+" | ","ln"));runs(pre,l.runs)});else pre.textContent=f.text;td.appendChild(pre);if(f.href)td.appendChild(el("div",f.href,"dim"))});
if(d.more)td.appendChild(el("p",d.more,"dim"));
if(d.before.length){var pair=el("div",undefined,"pair");[[words.before,d.before],[words.after,d.after]].forEach(function(p){var box=el("div"),t=el("div",undefined,"text");box.appendChild(el("h3",p[0]));runs(t,p[1]);box.appendChild(t);pair.appendChild(box)});td.appendChild(pair)}
if(d.links.length){td.appendChild(el("h3",words.related));var ul=el("ul");d.links.forEach(function(l){var li=el("li",l[0]+" ");li.appendChild(el("span",l[1]+" · "+l[2],l[3]?"spam":"dim"));ul.appendChild(li)});td.appendChild(ul)}
row.parentNode.insertBefore(tr,row.nextSibling);row.classList.add("open")}
function toggle(row){if(row.classList.contains("open"))close(row);else open(row)}
body.addEventListener("click",function(e){var row=e.target.closest("tr[data-d]");if(row)toggle(row)});
body.addEventListener("keydown",function(e){if(e.key==="Enter"){var row=e.target.closest("tr[data-d]");if(row)toggle(row)}});
rows.forEach(function(r){if(r.dataset.d)r.tabIndex=0});filter();if(innerWidth<600)document.getElementById("overview").open=false;
if(location.hash==="#first"){var one=body.querySelector("tr[data-d]");if(one)open(one)}
})();
