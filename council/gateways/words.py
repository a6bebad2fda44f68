"""Small English word lists that the rules of the offline advisor read."""


def words(text: str) -> frozenset[str]:
    """A set of words, written as people write them: with spaces between."""
    return frozenset(text.split())


STOP_WORDS = words(
    """
    a about above after again against all almost also although always am an and another any anyone anything are aren't
    around as at away back be became because become been before being below best better between both but by came can
    can't cannot could couldn't did didn't do does doesn't doing don't done down during each either else enough even ever
    every everything few first for from further get gets getting give given go goes going gone got had hadn't has hasn't have
    haven't having he he'd he's her here hers herself him himself his how however i i'd i'll i'm i've if in into is isn't
    it it's its itself just keep know last least less let let's like likely look lot made make makes making many may maybe
    me might mine more most much must my myself near need needs neither never next no nobody none nor not nothing now of
    off often on once one only onto or other others ought our ours ourselves out over own per perhaps please put quite
    rather really right same say says see seem seems seen shall she should shouldn't since so some someone something
    sometimes soon still such sure take takes than that that's the their theirs them themselves then there these they
    they're thing things think this those though through thus time to together too toward towards two under until up upon us use used
    uses using usually very want wants was wasn't way we we'd we'll we're we've well went were weren't what whatever when
    where whether which while who whole whom whose why will with within without won't would wouldn't yes yet you you'd
    you'll you're you've your yours yourself three four five six seven eight nine ten half
    """
)

BASE_VERBS = words(
    """
    accept add admit adopt allow apply ask attend automate avoid be become begin borrow break bring build buy call cancel
    change charge choose close collect commit consider continue contact convert create cut deal decline delay delete
    deploy design develop discuss divide do donate drop earn employ end enrol expand explain fight file find finish fire fix focus
    follow found fund get give go grow handle have hire hold host improve increase invest join keep launch lead learn
    lease leave lend let license limit list live lower make manage market marry master measure meet merge migrate move negotiate
    offer open order outsource own paint pause pay perform pick plan play postpone practise practice prepare press price print produce promise
    promote protect publish pull pursue put quit raise read rebuild record recover reduce refactor refer refuse refund release
    relocate renew rent repair replace report request resign retire return rewrite run save say schedule sell send serve
    set settle share ship sign sing skip sleep spend split stand start stay stop stream study submit subscribe switch take
    talk teach tell test tour trade train translate travel try turn upgrade use visit wait walk win withdraw work write
    """
)

LASTING = words(
    """
    adopt buy close commit delete divorce emigrate fire leave marry merge mortgage move publish quit relocate resign
    retire sell sign tattoo
    """
)
"""Words of steps that are hard to take back."""
