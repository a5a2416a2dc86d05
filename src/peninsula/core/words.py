"""Name runs by two words, which stand for their id."""

from __future__ import annotations

from typing import Final
from uuid import UUID

__all__ = ["two_words"]


def two_words(id_: UUID) -> str:
    """Return a name one can say, `quiet-harbour`: the same for the same id."""
    chosen, first = divmod(id_.int & 0xFFFF_FFFF, len(_FIRST))
    return f"{_FIRST[first]}-{_SECOND[chosen % len(_SECOND)]}"


_QUALITIES: Final = """
able agile airy alert amber ample apt arctic ashen autumn azure balmy bold brave breezy bright
brisk broad calm candid casual cheery chilly civil clear clever cloudy coastal cool copper coral
cosy crisp curious daring dawn deep dewy distant dusky eager early easy emerald even fabled fair
famed fine firm fleet floral fluent fond frank fresh frosty gentle gilded glad golden grand
green hale handy happy hardy hazel hazy hidden hollow honest humble icy indigo inland ivory jade
jolly jovial keen kind large late lemon level light lilac limber lively lofty loyal lucid lucky
lunar marine mellow merry mild misty modest mossy native neat nimble noble north novel olive
open opal patient pearl placid plain plucky polar proud prime pure quick quiet rapid rare ready
regal ripe robust rosy round royal rustic sage salty sandy scarlet serene sharp shiny silent
silver simple sleek smooth snowy sober solar solid sonic south spry stable steady stellar still
stormy sunny supple sure swift tall tame teal tender tidal tidy true vast velvet vivid warm wary
western whole wide wild windy wise witty young zesty
"""
_THINGS: Final = """
anchor arch atoll auk bar barge bay beach beacon bell bight blenny bluff bolt boom bow brant
breaker bream brig brine buoy cabin canal canoe cape cliff coast cod compass coot cormorant cove
crab creek crest crew curlew current cutter deck delta dinghy dock dolphin dory drift dune eddy
eel egret eider estuary fathom ferry fjord fleet flint foam ford galley gannet geyser grebe
groyne gull gulf halyard harbour hatch haven headland heron herring hull inlet island isle
isthmus jetty kayak keel kelp ketch kittiwake knot lagoon landing lantern ledge levee lighthouse
limpet lobster loch loon marina marsh mast mist moor mussel narrows oar osprey otter oyster
paddle pebble pelican petrel pier pilot plover point pond porpoise port prow puffin quay raft
rapids reach reef rigging ripple river rock rope rudder sail salmon sandbar schooner seal
shallows shell shelf shingle shoal shore shrimp skerry skiff sloop smelt sound spar spit spray
spring squid stack strait strand stream surf swan tarn tern tide tiller trawler turtle upwind
voyage wake walrus water wave weir wharf whelk willow yacht yawl
"""
_FIRST: Final = tuple(_QUALITIES.split())
_SECOND: Final = tuple(_THINGS.split())
