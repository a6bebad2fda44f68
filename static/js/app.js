// What every page gets. A page's own behaviour is its own module, loaded in the scripts block.
import "./theme.js";
import "./menu.js";
import "./toast.js";
import "./dialog.js";
import "./tabs.js";
import "./copy.js";
import "./fields.js";
import "./search.js";
import "./player.js";
